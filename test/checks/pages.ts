import type { RequestListener } from 'node:http';

/** `/200` answers with that status and `body of 200`; the others are pages with a habit of their own. */
export const pages: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://any');
  switch (pathname) {
    case '/echo':
      response.end(request.url);
      return;
    case '/moved':
      response.writeHead(302, { location: '/200' }).end();
      return;
    case '/silent':
      return;
    case '/stalls':
      response.writeHead(200, { 'content-length': 100 }).write('the first half');
      return;
    case '/breaks':
      response.writeHead(200, { 'content-length': 100 }).write('the first half', () => response.destroy());
      return;
    case '/long':
      response.writeHead(200);
      response.write(`begin${'x'.repeat(3 * 1024 * 1024)}`);
      response.end('end');
      return;
    default:
      response.writeHead(Number(pathname.slice(1))).end(`body of ${pathname.slice(1)}`);
  }
};
