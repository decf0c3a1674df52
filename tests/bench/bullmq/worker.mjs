// Takes orders out of BullMQ and posts each to the sink. worker.mjs REDIS_SOCKET SINK_PORT
import http from 'node:http';
import { Worker } from 'bullmq';

const [redis, sink] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
const deliver = (job) =>
  new Promise((resolve, reject) => {
    const body = Buffer.from(JSON.stringify(job.data));
    const request = http.request(
      { host: '127.0.0.1', port: sink, method: 'POST', path: '/orders', agent,
        headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, 'Idempotency-Key': job.id } },
      (response) => {
        response.resume();
        response.on('end', () => (response.statusCode < 300 ? resolve() : reject(new Error(String(response.statusCode)))));
      });
    request.on('error', reject);
    request.end(body);
  });
const worker = new Worker('orders', deliver, {
  connection: { path: redis, maxRetriesPerRequest: null }, concurrency: 50 });
await worker.waitUntilReady();
console.log('ready');
