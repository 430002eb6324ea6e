#!/usr/bin/wish
# The panel of a demo mixer: a tank whose level and temperature move, a pump and a heater to switch, a set-point to enter,
# a jog button that works while it is held. Plainly demo data. What is pressed is written to the file $env(MIXER_LOG), so
# that a test can tell whether a press arrived.
# As on a panel, there is no window manager: the program has the screen, and takes the keyboard itself.
wm overrideredirect . 1
wm geometry . [winfo screenwidth .]x[winfo screenheight .]+0+0
. configure -background #c8ccd0 -cursor left_ptr

set level 48.0
set temperature 31.0
set setpoint 55
set pump 0
set heater 0
set jog 0
set ticks 0

proc note {what} {
    global env
    if {[info exists env(MIXER_LOG)]} {
        set file [open $env(MIXER_LOG) a]
        puts $file $what
        close $file
    }
}

font create Title -family {DejaVu Sans} -size 20 -weight bold
font create Label -family {DejaVu Sans} -size 14
font create Value -family {DejaVu Sans Mono} -size 22 -weight bold

frame .top -background #2b3a47
label .top.name -text "MIXER M1 - DEMO PLANT" -font Title -foreground white -background #2b3a47
label .top.clock -font Value -foreground #9fd3e6 -background #2b3a47
pack .top.name -side left -padx 20 -pady 12
pack .top.clock -side right -padx 20
pack .top -side top -fill x

canvas .mimic -width 760 -height 520 -background #e6e9ec -highlightthickness 0
pack .mimic -side left -padx 20 -pady 20

# Tank, outlet pipe, pump
.mimic create rectangle 90 60 330 440 -outline #55606a -width 4 -fill white
.mimic create rectangle 92 300 328 438 -outline "" -fill #4f93c4 -tags level
.mimic create line 330 400 520 400 -width 14 -fill #8a949c
.mimic create oval 500 360 580 440 -outline #55606a -width 4 -fill #b9bfc5 -tags pump
.mimic create polygon 520 375 520 425 565 400 -fill #55606a
.mimic create line 580 400 720 400 -width 14 -fill #8a949c
.mimic create text 210 40 -text "TANK T1" -font Label
.mimic create text 540 345 -text "PUMP P1" -font Label
.mimic create line 210 60 210 380 -width 5 -fill #55606a
.mimic create line 150 380 270 380 -width 8 -fill #55606a -tags blade
.mimic create text 430 120 -text "LEVEL" -font Label -anchor w
.mimic create text 430 150 -text "" -font Value -anchor w -tags leveltext
.mimic create text 430 210 -text "TEMPERATURE" -font Label -anchor w
.mimic create text 430 240 -text "" -font Value -anchor w -tags temptext

# Trend
canvas .trend -width 380 -height 130 -background #16202a -highlightthickness 0
set trend {}

frame .panel -background #c8ccd0
foreach {name text} {pump "PUMP" heater "HEATER"} {
    button .panel.$name -text "$text OFF" -font Title -width 12 -height 2 -background #d7dbdf -activebackground #d7dbdf -command [list toggle $name]
    pack .panel.$name -pady 8
}
button .panel.jog -text "JOG (HOLD)" -font Title -width 12 -height 2 -background #e9c46a -activebackground #e9c46a
bind .panel.jog <ButtonPress-1> {set jog 1; note "jog down"}
bind .panel.jog <ButtonRelease-1> {set jog 0; note "jog up"}
pack .panel.jog -pady 8
label .panel.caption -text "SET-POINT" -font Label -background #c8ccd0
entry .panel.setpoint -font Value -width 8 -justify right -textvariable entered
set entered $setpoint
bind .panel.setpoint <Return> {
    if {[string is double -strict $entered] && $entered >= 0 && $entered <= 95} {
        set setpoint $entered
        note "setpoint $setpoint"
    }
    set entered $setpoint
}
# What is typed after a touch replaces the value, as on a panel; the entry itself has placed its cursor by then.
bind .panel.setpoint <ButtonRelease-1> {focus -force .panel.setpoint; after idle {.panel.setpoint selection range 0 end}}
pack .panel.caption .panel.setpoint -pady 4
pack .trend -in .panel -pady 12
raise .trend
pack .panel -side right -padx 20 -fill y

proc toggle {name} {
    upvar #0 $name on
    set on [expr {!$on}]
    note "$name [expr {$on ? "on" : "off"}]"
    .panel.$name configure -text "[string toupper $name] [expr {$on ? "ON" : "OFF"}]" \
        -background [expr {$on ? "#7cc47f" : "#d7dbdf"}] -activebackground [expr {$on ? "#7cc47f" : "#d7dbdf"}]
}

proc step {} {
    global level temperature setpoint pump heater jog ticks trend
    incr ticks
    set level [expr {$level + ($pump ? -0.35 : 0.18) + 0.05 * sin($ticks / 7.0)}]
    if {$level > 96} {set level 96.0}
    if {$level < 4} {set level 4.0}
    set temperature [expr {$temperature + ($heater ? ($setpoint - $temperature) * 0.01 : (21 - $temperature) * 0.004)}]
    .mimic coords level 92 [expr {438 - $level * 3.76}] 328 438
    .mimic itemconfigure leveltext -text [format "%5.1f %%" $level]
    .mimic itemconfigure temptext -text [format "%5.1f C" $temperature]
    .mimic itemconfigure pump -fill [expr {$pump ? "#7cc47f" : "#b9bfc5"}]
    if {$jog || $pump} {
        set half [expr {60 * abs(cos($ticks / 2.0))}]
        .mimic coords blade [expr {210 - $half}] 380 [expr {210 + $half}] 380
    }
    .top.clock configure -text [clock format [clock seconds] -format "%H:%M:%S"]
    lappend trend $level
    if {[llength $trend] > 190} {set trend [lrange $trend end-189 end]}
    .trend delete line
    set points {}
    set x 0
    foreach value $trend {
        lappend points $x [expr {125 - $value * 1.2}]
        incr x 2
    }
    if {[llength $points] >= 4} {.trend create line $points -fill #6cc0dc -width 2 -tags line}
    after 250 step
}
step
note "started"
