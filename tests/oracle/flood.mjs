// A process of its own: sends records at a rate, whatever the answers, and takes what it is sent.
//   node flood.mjs <port of the gateway> <peer that sends>
// Its first line is the port at which it takes. Each line of its input is a rate in requests a second, from then on; it ends with its
// input and prints its counts.
import http from 'node:http';
import { createInterface } from 'node:readline';
import { secrets } from './county.mjs';

const [port, peer] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const counts = { sent: 0, accepted: 0, refused: 0, taken: 0 };

const sink = http.createServer((request, response) => {
  request.resume().on('end', () => {
    ++counts.taken;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"code":"0"}');
  });
}).listen(0, '127.0.0.1', () => console.log(sink.address().port));

function send() {
  const uid = `f.${++counts.sent}.0`;
  const body = JSON.stringify({ caseguid: uid, orderKey: uid, rev: '0', rqsttitle: 'flood', rqstcontent: 'x'.repeat(300), rqsttime: '2026-03-02T08:05:09+08:00', focus: '一般' });
  const request = http.request({ port, agent, method: 'POST', path: `/v1/peers/${peer}/records`,
    headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } }, (response) => {
    ++counts[response.statusCode === 202 ? 'accepted' : 'refused'];
    response.resume();
  });
  request.on('error', () => ++counts.refused);
  request.end(body);
}

let rate = 0, due = 0, last = Date.now();
const timer = setInterval(() => {
  const now = Date.now();
  due += ((now - last) * rate) / 1000;
  last = now;
  for (let i = 0; i < 200 && due >= 1; ++i, --due) send();
}, 5);
createInterface({ input: process.stdin }).on('line', (line) => { rate = Number(line); }).on('close', () => {
  clearInterval(timer);
  console.log(JSON.stringify(counts));
  process.exit(0);
});
