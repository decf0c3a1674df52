#!lua
-- requeue: a buried delivery goes back, behind the others of its key, as a first attempt with a new age.
-- KEYS[1] the prefix. ARGV: exception id, now ms, for how long ms its id still
-- leads to the record. Returns the peer, or nil when there is no such one.
local P, exc, now, keep = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3]
local call = redis.call
local e = call('HMGET', P .. 'exc:' .. exc, 'peer', 'in', 'code', 'record')
local peer, id = e[1], e[4]
local rec = P .. 'rec:' .. (id or '')
if e[2] ~= '0' or not id or call('EXISTS', rec) == 0 then return false end
local r = call('HMGET', rec, 'k', 'p', 'o', 'd:' .. peer, 'x')
if string.sub(r[4] or '', 1, 1) ~= 'b' then return false end

call('HSET', rec, 'd:' .. peer, 'w ' .. now .. ' 0 ', 'a:' .. peer, now)
call('HDEL', rec, 'x:' .. peer)
if r[3] then call('HINCRBY', rec, 'o', 1) end
if tonumber(r[5] or 0) > 0 then call('HINCRBY', rec, 'x', -1) end
call('PERSIST', rec)
call('ZADD', P .. 'open:' .. peer, now, id)
local busy, key, lane = P .. 'busy:' .. peer, r[1], r[2]
local head = call('HGET', busy, key)
if not head then
  call('HSET', busy, key, '.' .. id)
  call('RPUSH', P .. 'ready:' .. peer .. ':' .. lane, id)
else
  call('RPUSH', P .. 'wait:' .. peer .. ':' .. key, lane .. id)
  local first, flag = string.sub(head, 2), string.sub(head, 1, 1)
  if lane == 'h' and flag ~= '!' then
    call('HSET', busy, key, '!' .. first)
    call('RPUSH', P .. 'ready:' .. peer .. ':h', first)
  elseif flag == '.' then
    call('HSET', busy, key, '+' .. first)
  end
end
call('SET', P .. 'was:' .. exc, id, 'PX', keep)
call('DEL', P .. 'exc:' .. exc)
call('ZREM', P .. 'excs', exc .. ' ' .. peer .. ' ' .. e[3])
if call('HINCRBY', P .. 'excn', peer .. ' ' .. e[3], -1) <= 0 then call('HDEL', P .. 'excn', peer .. ' ' .. e[3]) end
call('HINCRBY', P .. 'count:' .. peer, 'buried', -1)
return peer
