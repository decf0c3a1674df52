// Starting, watching and ending the programs that are measured.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(condition) {
  for (let waited = 0; waited < 20_000 && !condition(); waited += 5) await sleep(5);
}
const ticksPerSecond = 100; // USER_HZ, the unit of /proc/<pid>/stat on every Linux that we run on

/// µs of CPU that these processes have used.
export function cpuOf(pids) {
  return pids.reduce((sum, pid) => {
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return sum + ((Number(words[11]) + Number(words[12])) / ticksPerSecond) * 1e6;
  }, 0);
}

/// MiB
export const rssOf = (pids) =>
  pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024, 0);

export function childOf(parent, name) {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, comm, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      if (comm === name && Number(rest.split(' ')[1]) === parent) return Number(pid);
    } catch { /* it has ended meanwhile */ }
  }
  throw new Error(`Process ${parent} has no child ${name}.`);
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/// Starts a program. It is ready with the first line (of either output) that `ready` matches, or once `ready()` holds.
export async function start(program, words, ready, options = {}) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const said = [];
  let over = false;
  const ended = new Promise((resolve) => child.on('exit', resolve)).finally(() => (over = true));
  const line = await new Promise((resolve, reject) => {
    const fail = () => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      reject(new Error(`${program} did not get ready:\n${said.slice(-20).join('\n')}`));
    };
    const limit = setTimeout(fail, 20_000);
    child.on('error', reject);
    ended.then(fail);
    const done = (text) => { clearTimeout(limit); resolve(text); };
    if (typeof ready === 'function') until(() => over || ready()).then(done);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        if (said.length < 1000) said.push(text);
        if (ready instanceof RegExp && ready.test(text)) done(text);
      });
    }
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(limit);
  };
  return { pid: child.pid, line, stop, said };
}

/// All output of a program that must succeed.
export function output(program, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', error = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (error += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${program}: ${error.trim() || code}`))));
  });
}

export function getJson(port, path) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}
