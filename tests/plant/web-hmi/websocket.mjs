// As much of RFC 6455 as a small controller has: text messages without fragments, ping, close.
import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MAX_MESSAGE = 64 * 1024;

/** Answers the handshake. Gives `send(text)`, `close(code)`, and calls `onMessage(text)` and `onClose()`. */
export function accept(request, socket, { onMessage, onClose }) {
  const key = createHash("sha1")
    .update(request.headers["sec-websocket-key"] + GUID)
    .digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  socket.setNoDelay(true);
  let pending = Buffer.alloc(0);
  let open = true;
  const gone = () => {
    if (open) {
      open = false;
      onClose();
    }
  };
  socket.on("close", gone);
  socket.on("error", gone);
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let frame = parse(pending); frame; frame = parse(pending)) {
      pending = pending.subarray(frame.length);
      if (frame.opcode === 8) {
        write(8, frame.payload.subarray(0, 2));
        socket.end();
        gone();
        return;
      }
      if (frame.opcode === 9) {
        write(10, frame.payload);
      }
      if (frame.opcode === 1) {
        onMessage(frame.payload.toString("utf8"));
      }
    }
    if (pending.length > MAX_MESSAGE) {
      socket.destroy();
    }
  });

  function write(opcode, payload) {
    if (!open || socket.destroyed) {
      return;
    }
    const head =
      payload.length < 126 ? Buffer.from([0x80 | opcode, payload.length]) : Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 255]);
    socket.write(Buffer.concat([head, payload]));
  }

  return {
    send: (text) => write(1, Buffer.from(text)),
    close: (code) => {
      write(8, Buffer.from([code >> 8, code & 255]));
      socket.end();
      gone();
    },
  };
}

function parse(bytes) {
  if (bytes.length < 6) {
    return null;
  }
  let length = bytes[1] & 127;
  let at = 2;
  if (length === 126) {
    length = bytes.readUInt16BE(2);
    at = 4;
  }
  if (length === 127 || bytes.length < at + 4 + length) {
    return null;
  }
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
  for (let i = 0; i < payload.length; i++) {
    payload[i] ^= mask[i & 3];
  }
  return { opcode: bytes[0] & 15, payload, length: at + 4 + length };
}
