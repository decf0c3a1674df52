// WeChat and WeCom as senders, played by libraries that we did not write.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Gateway } from './gateway.mjs';

const require = createRequire(import.meta.url);
const WXBizMsgCrypt = require('wechat-crypto');
const wecom = require('@wecom/crypto');

let gateway;
before(async () => { gateway = await Gateway.start(); });
after(() => gateway?.stop());

const appId = 'wx00lianqiaodemo00';
const sha1 = (parts) => createHash('sha1').update(parts.sort().join('')).digest('hex');
const message = (id, content) => `<xml><ToUserName><![CDATA[gh_demo]]></ToUserName><FromUserName><![CDATA[oInterop]]></FromUserName>` +
  `<CreateTime>1772000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId></xml>`;

function push(query, body) {
  return fetch(gateway.url(`/v1/peers/haozhoudao/callback?${new URLSearchParams(query)}`), { method: 'POST', body });
}

test('the URL check echoes', async () => {
  const token = gateway.secret('wechat_token');
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'n1'];
  const query = new URLSearchParams({ signature: sha1([token, timestamp, nonce]), timestamp, nonce, echostr: '9876543210' });
  const answer = await fetch(gateway.url(`/v1/peers/haozhoudao/callback?${query}`));
  assert.equal(await answer.text(), '9876543210');
});

test('wechat-crypto encrypts, the gateway takes it once and knows it again', async () => {
  const crypt = new WXBizMsgCrypt(gateway.secret('wechat_token'), gateway.secret('wechat_aes_key'), appId);
  const encrypted = crypt.encrypt(message('730000000000001', '东门路灯坏了💡'));
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'n2'];
  const query = { timestamp, nonce, encrypt_type: 'aes', msg_signature: crypt.getSignature(timestamp, nonce, encrypted) };
  const body = `<xml><ToUserName><![CDATA[gh_demo]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
  for (let time = 0; time < 3; ++time) {
    const answer = await push(query, body);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), 'success');
  }
  const { in: counts } = await gateway.counts('haozhoudao');
  assert.equal(counts.accepted, 1);
  assert.equal(counts.duplicates, 2);
});

test('@wecom/crypto encrypts JSON', async () => {
  const aesKey = gateway.secret('wechat_aes_key');
  const text = JSON.stringify({ FromUserName: 'oWecom', CreateTime: 1772000001, MsgType: 'text', Content: '楼道堆物', MsgId: 730000000000002 });
  const encrypted = wecom.encrypt(aesKey, text, appId);
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'n3'];
  const query = { timestamp, nonce, encrypt_type: 'aes', msg_signature: wecom.getSignature(gateway.secret('wechat_token'), timestamp, nonce, encrypted) };
  const answer = await push(query, JSON.stringify({ ToUserName: 'gh', Encrypt: encrypted }));
  assert.equal(await answer.text(), 'success');
  assert.equal((await gateway.counts('haozhoudao')).in.accepted, 2);
});

test('a signature of another token is refused', async () => {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const answer = await push({ timestamp, nonce: '2', signature: sha1(['another', timestamp, '2']) }, message('1', 'x'));
  assert.equal(answer.status, 401);
  assert.equal((await answer.json()).error.code, 'intake.unauthenticated');
});

test('a plain push is refused where a key is set', async () => {
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'n4'];
  const answer = await push({ timestamp, nonce, signature: sha1([gateway.secret('wechat_token'), timestamp, nonce]) }, message('2', 'x'));
  assert.equal(answer.status, 401);
});

test('a message of another key is an exception, not lost', async () => {
  const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
  const encrypted = wecom.encrypt(aesKey, '{"MsgType":"text","MsgId":730000000000003}', appId);
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'n5'];
  const query = { timestamp, nonce, encrypt_type: 'aes', msg_signature: wecom.getSignature(gateway.secret('wechat_token'), timestamp, nonce, encrypted) };
  const answer = await push(query, JSON.stringify({ ToUserName: 'gh', Encrypt: encrypted }));
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), 'success');
  assert.equal((await gateway.counts('haozhoudao')).in.quarantined, 1);
});
