// What draws a terminal, as a bundle of its own: the session opens while the browser still loads it.
export { FitAddon } from "@xterm/addon-fit";
export { SerializeAddon } from "@xterm/addon-serialize";
export { Unicode11Addon } from "@xterm/addon-unicode11";
export { Terminal } from "@xterm/xterm";
