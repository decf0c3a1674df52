#!lua flags=allow-oom
-- wait_on: an exception that waits goes on waiting, or waits no more and is an exception as any
-- other.
-- KEYS[1] the prefix. ARGV: exception id, what it waits for now ("" = nothing more, "=" = the
-- same), its code and detail from now on ("" = as before), now ms.
-- Returns 1, or 0 where it did not wait.
local P = KEYS[1] .. ':'
local id, what, code, detail, now = unpack(ARGV)
local call, exc = redis.call, P .. 'exc:' .. ARGV[1]

-- include waiting

local till = call('ZSCORE', P .. 'waits', id)
if not till then return 0 end
local peer, was, former = unpack(call('HMGET', exc, 'peer', 'code', 'what'))
if former and what ~= '=' then call('LREM', P .. 'awaits:' .. former, 0, id) end
call('LREM', P .. 'awaits:moved', 1, id)
if not peer then
  call('ZREM', P .. 'waits', id)
  return 0
end
if detail ~= '' then call('HSET', exc, 'detail', detail) end
if what == '=' then
  if code ~= '' and code ~= was then
    call('HSET', exc, 'code', code)
    call('ZADD', P .. 'excs', 0, id .. ' ' .. peer .. ' ' .. code)
    call('ZREM', P .. 'excs', id .. ' ' .. peer .. ' ' .. was)
  end
  return 1
end
if what ~= '' then
  call('HSET', exc, 'what', what)
  joinLine(id, what, till)
  return 1
end
if code == '' then code = was end
call('HSET', exc, 'code', code)
call('HDEL', exc, 'what', 'until')
call('ZADD', P .. 'excs', 0, id .. ' ' .. peer .. ' ' .. code)
if code ~= was then call('ZREM', P .. 'excs', id .. ' ' .. peer .. ' ' .. was) end
call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
call('HINCRBY', P .. 'count:' .. peer, 'quarantined', 1)
call('HINCRBY', P .. 'count:' .. peer, 'waiting', -1)
call('ZREM', P .. 'waits', id)
return 1
