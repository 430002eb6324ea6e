// An SSH server (npm ssh2) that does what a test asks of it. First argument: what, as JSON. Prints its port, and then a line for each thing that it sees.
import { createRequire } from "node:module";
const { Server, utils } = createRequire(import.meta.url)("ssh2");

const asked = JSON.parse(process.argv[2] ?? "{}");
// Now and then it makes a key that it cannot read itself.
let key;
do {
  key = utils.generateKeyPairSync(asked.hostKey ?? "ed25519", { bits: 2048 });
} while (utils.parseKey(key.private) instanceof Error);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const server = new Server(
  {
    hostKeys: [key.private],
    banner: asked.banner,
    algorithms: asked.algorithms,
    keepaliveInterval: 0,
    debug: asked.debug && ((text) => text.includes(asked.debug) && say({ debug: text })),
  },
  (client) => {
    let round = 0;
    client.on("error", () => {});
    client.on("close", () => say({ closed: true }));
    client.on("authentication", (context) => {
      say({ method: context.method, user: context.username, password: context.password });
      const rounds = asked.rounds ?? [];
      if (context.method === "none") {
        context.reject(asked.methods ?? ["password"]);
      } else if (asked.hangAt === context.method) {
        // Never answers.
      } else if (context.method === "password" && asked.change) {
        context.requestChange("New password: ", () => context.reject());
      } else if (context.method === "password" && !asked.methods?.includes("keyboard-interactive")) {
        context.password === (asked.password ?? "secret-7") ? context.accept() : context.reject(["password"]);
      } else if (context.method === "publickey" && asked.partial) {
        context.signature ? context.reject(["keyboard-interactive"], true) : context.accept();
      } else if (context.method === "password" && asked.partial) {
        context.reject(["keyboard-interactive"], true);
      } else if (context.method === "keyboard-interactive") {
        const next = () => {
          if (round === rounds.length) {
            context.accept();
            return;
          }
          const { title, instructions, prompts } = rounds[round++];
          context.prompt(prompts, title ?? "", instructions ?? "", (answers) => {
            say({ answers });
            next();
          });
        };
        next();
      } else {
        context.reject(asked.methods ?? ["password"]);
      }
    });
    client.on("ready", () =>
      client.on("session", (accept) => {
        const session = accept();
        session.on("pty", (granted) => granted?.());
        session.on("window-change", (granted, _, size) => {
          granted?.();
          say({ size });
        });
        session.on("shell", (granted) => {
          if (asked.shell === "never") {
            return;
          }
          const channel = granted();
          channel.on("error", () => {});
          if (asked.shell === "flood") {
            const block = Buffer.alloc(32768, "x");
            const more = () => {
              while (channel.writable && channel.write(block));
            };
            channel.on("drain", more);
            more();
          } else if (asked.shell === "closed") {
            channel.write("bye");
            channel.exit(1);
            channel.end();
          } else if (asked.shell === "deaf") {
            channel.write("deaf");
            channel.once("data", () => {
              client._sock.pause();
              say({ deaf: true });
            });
          } else if (asked.shell === "disconnect") {
            channel.write("bye");
            setTimeout(() => client._protocol.disconnect(11), 100);
          } else if (asked.shell === "destroy") {
            channel.write("bye");
            setTimeout(() => client._sock.destroy(), 100);
          } else {
            channel.write("ready");
            channel.on("data", (data) => {
              if (data.toString() === "exit\r") {
                channel.exit(0);
                channel.end();
              } else {
                channel.write(data);
              }
            });
          }
        });
      }),
    );
  },
);
server.listen(0, "127.0.0.1", () => say({ port: server.address().port, hostKey: key.public.split(" ")[1] }));
