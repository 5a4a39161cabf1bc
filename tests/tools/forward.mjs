// forward.mjs SOCKET: prints a port of 127.0.0.1 and passes what comes there on to the unix socket.
import { connect, createServer } from 'node:net';

const server = createServer((client) => {
  const to = connect(process.argv[2]);
  client.pipe(to).pipe(client);
  for (const [one, other] of [[client, to], [to, client]]) one.on('error', () => other.destroy());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
