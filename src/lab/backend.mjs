// A backend of a lab: answers every request with its own name, over IPv4 and IPv6, on port 80.
import { createServer } from 'node:http';

const name = process.argv[2];

createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/plain', Connection: 'close' });
  response.end(`${name}\n`);
}).listen(80, '::');
