// A process of its own, so that nothing but the gateway stands between sending and arrival: sends records at an even
// rate to peers whose platforms it plays itself.
//   node calm.mjs <port of the gateway> <peer that sends>...
// Its first line is the ports at which it takes, one for each of them. For each line of its input, "<seconds> <records a second>", it prints one: the ms from
// sending to arrival of each record, as JSON; null for one that did not arrive within 30 s.
import http from 'node:http';
import { createInterface } from 'node:readline';
import { secrets } from './county.mjs';
import { wait, within } from './node.mjs';

const [port, ...peers] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const arrived = new Map();  // uid → when

const ports = [];
for (const _ of peers) {
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const now = performance.now();
      for (const { uid } of [JSON.parse(Buffer.concat(chunks))].flat()) arrived.set(uid, now);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"code":"0"}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ports.push(server.address().port);
}
console.log(JSON.stringify(ports));

function send(peer, uid) {
  const body = JSON.stringify({ caseguid: uid, orderKey: uid, rev: '0', rqsttitle: 'calm', rqstcontent: 'of no matter', rqsttime: '2026-03-02T08:05:09+08:00', focus: '一般' });
  const request = http.request({ port, agent, method: 'POST', path: `/v1/peers/${peer}/records`,
    headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } }, (response) => response.resume());
  request.on('error', () => {});
  request.end(body);
}

let sent = 0;
async function measure(seconds, rate) {
  const begun = performance.now(), mine = [];
  for (let i = 0; i < seconds * rate; ++i) {
    await wait(Math.max(0, begun + (i * 1000) / rate - performance.now()));
    const uid = `c.${++sent}.0`;
    mine.push([uid, performance.now()]);
    send(peers[i % peers.length], uid);
  }
  await within(30000, () => mine.every(([uid]) => arrived.has(uid)));
  const took = mine.map(([uid, at]) => (arrived.has(uid) ? arrived.get(uid) - at : null));
  arrived.clear();
  return took;
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await measure(...line.split(' ').map(Number))));
process.exit(0);
