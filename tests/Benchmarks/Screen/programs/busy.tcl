# A panel of which much moves: bars, trends that scroll, a table of values; at most 100 pictures a second, each of which changes the
# top left pixel, so that whoever looks can count them. Small canvases: a large one is drawn anew as a whole.
wm overrideredirect . 1
wm geometry . 1280x800+0+0
. configure -background #e6e9ec
font create Value -family {DejaVu Sans Mono} -size 16 -weight bold
frame .marker -width 16 -height 16
place .marker -x 0 -y 0
canvas .bars -width 560 -height 330 -background #c8ccd0 -highlightthickness 0
place .bars -x 40 -y 60
for {set i 0} {$i < 20} {incr i} {
    set x [expr {10 + 27 * $i}]
    .bars create rectangle $x 10 [expr {$x + 18}] 320 -outline #55606a -fill white
    .bars create rectangle $x 100 [expr {$x + 18}] 320 -outline "" -fill #4f93c4 -tags bar$i
}
for {set i 0} {$i < 3} {incr i} {
    canvas .trend$i -width 580 -height 100 -background #16202a -highlightthickness 0
    place .trend$i -x 660 -y [expr {60 + 115 * $i}]
    .trend$i create line 0 0 1 1 -fill [lindex {#6cc0dc #e9c46a #7cc47f} $i] -width 2 -tags line
    set trend$i {}
}
for {set i 0} {$i < 48} {incr i} {
    label .value$i -font Value -background white -width 9
    place .value$i -x [expr {40 + 150 * ($i % 8)}] -y [expr {470 + 52 * ($i / 8)}]
}
set n 0
proc step {} {
    global n
    incr n
    .marker configure -background [expr {$n & 1 ? "#ffffff" : "#000000"}]
    for {set i 0} {$i < 20} {incr i} {
        set x [expr {10 + 27 * $i}]
        .bars coords bar$i $x [expr {170 + 150 * sin($n / 23.0 + $i)}] [expr {$x + 18}] 320
    }
    set i [expr {$n % 3}]
    upvar #0 trend$i trend
    lappend trend [expr {50 + 45 * sin($n / 17.0 + $i) * cos($n / 5.0)}]
    if {[llength $trend] > 145} {set trend [lrange $trend end-144 end]}
    set points {}
    set x 0
    foreach y $trend {
        lappend points $x $y
        incr x 4
    }
    if {[llength $points] >= 4} {.trend$i coords line {*}$points}
    for {set i 0} {$i < 48} {incr i 4} {
        set k [expr {$i + $n % 4}]
        .value$k configure -text [format "%7.2f" [expr {1000 * sin($n / 31.0 + $k)}]]
    }

    # What is drawn is drawn now, not when nothing else is to be done.
    update idletasks
    after 10 step
}
step
