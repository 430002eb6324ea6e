# A panel that answers a press by another colour at the top left.
wm overrideredirect . 1
wm geometry . 1280x800+0+0
canvas .c -width 1280 -height 800 -background #e6e9ec -highlightthickness 0
pack .c
.c create rectangle 0 0 100 60 -outline "" -fill #000000 -tags marker
.c create rectangle 560 360 720 440 -outline #55606a -width 4 -fill #d7dbdf
.c create text 640 400 -text "START"
set n 0
bind . <ButtonPress-1> {
    incr n
    .c itemconfigure marker -fill [expr {$n & 1 ? "#ffffff" : "#000000"}]
}
