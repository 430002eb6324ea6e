// Draws faster, and takes long to begin: loaded when the terminal is already in use.
export { WebglAddon } from "@xterm/addon-webgl";
