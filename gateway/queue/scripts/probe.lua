#!lua flags=allow-oom
-- probe: may this user run each command of the other scripts, and those that C++ sends with a key?
-- What an ACL forbids would end a script between its writes. Tried on one key, which is gone
-- afterwards.
-- KEYS[1] the prefix. Returns flat: command, what Redis said, for each that is refused.
local key, refused, told = KEYS[1] .. ':probe', {}, {}
local commands = {
  { 'DEL' },
  -- a string
  { 'SET', '1' }, { 'TYPE' }, { 'GET' },
  { 'PEXPIRE', 60000 }, { 'PERSIST' }, { 'RENAME', key }, { 'DEL' },
  -- a number
  { 'INCR' }, { 'INCRBY', 1 }, { 'DEL' },
  -- a hash
  { 'HSET', 'f', 1 }, { 'HSETNX', 'f', 1 }, { 'HGET', 'f' }, { 'HMGET', 'f' }, { 'HGETALL' },
  { 'HKEYS' }, { 'HVALS' }, { 'HLEN' }, { 'HRANDFIELD' }, { 'HEXISTS', 'f' }, { 'HSTRLEN', 'f' },
  { 'HINCRBY', 'f', 1 }, { 'HDEL', 'f' }, { 'DEL' },
  -- a list
  { 'RPUSH', 'a' }, { 'LPUSH', 'a' }, { 'LRANGE', 0, 0 }, { 'LLEN' }, { 'LPOS', 'a' },
  { 'LREM', 0, 'b' }, { 'LPOP' }, { 'DEL' },
  -- a set
  { 'SADD', 'a' }, { 'SMEMBERS' }, { 'DEL' },
  -- a sorted set
  { 'ZADD', 0, 'a' }, { 'ZCARD' }, { 'ZSCORE', 'a' }, { 'ZCOUNT', 0, 0 }, { 'ZRANGE', 0, 0 },
  { 'ZRANGEBYSCORE', 0, 0 }, { 'ZSCAN', 0 }, { 'ZREM', 'a' }, { 'DEL' },
  -- a stream
  { 'XADD', '*', 'f', 'a' }, { 'XRANGE', '-', '+' }, { 'XLEN' }, { 'XTRIM', 'MAXLEN', 0 },
  { 'DEL' },
}

local function refuses(name, ...)
  local answer = redis.pcall(name, key, ...)
  if type(answer) ~= 'table' or not answer.err then return false end
  if not told[name] then
    refused[#refused + 1] = name
    refused[#refused + 1] = answer.err
  end
  told[name] = true
  return true
end

local there = redis.pcall('EXISTS', key)
if there == 1 then return {} end  -- somebody else's
if there ~= 0 then refuses('EXISTS') end
for _, command in ipairs(commands) do
  local fails = refuses(unpack(command))
  if fails and command[1] == 'DEL' then break end  -- it could not be made away with
end
return refused
