# A panel at rest: a mimic that stands, and a clock that ticks.
wm overrideredirect . 1
wm geometry . 1280x800+0+0
canvas .c -width 1280 -height 800 -background #e6e9ec -highlightthickness 0
pack .c
font create Label -family {DejaVu Sans} -size 14
font create Value -family {DejaVu Sans Mono} -size 22 -weight bold
.c create rectangle 0 0 1280 60 -outline "" -fill #2b3a47
.c create text 1240 30 -anchor e -font Value -fill #9fd3e6 -tags clock
for {set i 0} {$i < 12} {incr i} {
    set x [expr {60 + 200 * ($i % 6)}]
    set y [expr {120 + 330 * ($i / 6)}]
    .c create rectangle $x $y [expr {$x + 140}] [expr {$y + 220}] -outline #55606a -width 4 -fill white
    .c create rectangle [expr {$x + 2}] [expr {$y + 40 + 12 * $i}] [expr {$x + 138}] [expr {$y + 218}] -outline "" -fill #4f93c4
    .c create line [expr {$x + 140}] [expr {$y + 200}] [expr {$x + 200}] [expr {$y + 200}] -width 12 -fill #8a949c
    .c create text [expr {$x + 70}] [expr {$y - 18}] -text "TANK T[expr {$i + 1}]" -font Label
    .c create text [expr {$x + 70}] [expr {$y + 250}] -text [format "%5.1f %%" [expr {37 + 5.3 * $i}]] -font Value
}
proc tick {} {
    after 1000 tick
    .c itemconfigure clock -text [clock format [clock seconds] -format "%H:%M:%S"]
}
tick
