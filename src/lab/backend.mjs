// A backend of a lab: answers every request with its own name, over IPv4 and IPv6, on port 80. The header X-Client tells which
// address it was asked from.
import { createServer } from 'node:http';

const name = process.argv[2];

createServer((request, response) => {
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/plain', Connection: 'close', 'X-Client': client });
  response.end(`${name}\n`);
}).listen(80, '::');
