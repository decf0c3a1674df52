// node:http in, BullMQ behind it: an order is answered once Redis has it on disk. A body of several lines is NDJSON.
// gateway.mjs REDIS_SOCKET; prints the port that it listens on.
import http from 'node:http';
import { Queue } from 'bullmq';
import { normalize } from './normalize.mjs';

const queue = new Queue('orders', { connection: { path: process.argv[2] } });
// A finished job is kept for an hour, so that its id is recognised when it comes again.
const keep = { attempts: 5, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: { age: 3600 } };
const job = (text) => {
  const order = normalize(JSON.parse(text));
  return { name: 'order', data: order, opts: { ...keep, jobId: `source-${order.orderNo}` } };
};

const answer = (response, status, body) =>
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body);

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    try {
      if (request.headers.authorization !== 'Bearer bench-source-token') throw new Error('unknown caller');
      const jobs = Buffer.concat(chunks).toString().split('\n').filter(Boolean).map(job);
      if (jobs.length === 1) await queue.add(jobs[0].name, jobs[0].data, jobs[0].opts);
      else await queue.addBulk(jobs);
      answer(response, 202, '{"status":"accepted"}');
    } catch (error) {
      answer(response, 400, JSON.stringify({ error: String(error) }));
    }
  });
});
await queue.waitUntilReady();
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
