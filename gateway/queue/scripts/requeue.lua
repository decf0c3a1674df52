#!lua
-- requeue: a buried delivery goes back, behind the others of its key, as a first attempt with a new
-- age. It is owed again before its exception goes. Where that was cut off, the exception alone is
-- taken away.
-- KEYS[1] the prefix. ARGV: exception id, now ms, for how long ms its id still leads to the record,
-- the journal's mark, who wanted it ("" = nobody told).
-- Returns the peer, or nil when there is no such one.
local P, exc, now, keep, mark, who = KEYS[1] .. ':', unpack(ARGV)
local call = redis.call
local peer, code, id, size =
  unpack(call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'record', 'size'))
if not id then return false end  -- of no delivery
local rec = P .. 'rec:' .. id
local key, lane, open, text, exceptions =
  unpack(call('HMGET', rec, 'k', 'p', 'o', 'd:' .. peer, 'x'))
text = text or ''
local state = string.sub(text, 1, 1)
if state == '' then return false end  -- its record is gone

-- include journal
-- include line_up
-- include unlist

-- 1. The record is owed again, if this exception still ends it.
if state == 'b' and string.sub(text, -#exc) == exc then
  local fields = { 'd:' .. peer, 'w ' .. now .. ' 0 ', 'a:' .. peer, now }
  if open then
    fields[#fields + 1] = 'o'
    fields[#fields + 1] = open + 1
  end
  exceptions = tonumber(exceptions or 0)
  if exceptions > 0 then
    fields[#fields + 1] = 'x'
    fields[#fields + 1] = exceptions - 1
  end
  call('PERSIST', rec)
  call('HDEL', rec, 'x:' .. peer)
  call('ZADD', P .. 'open:' .. peer, now, id)
  call('HSET', rec, unpack(fields))
  lineUp(peer, { ids = { id }, keys = { key }, lanes = { lane } })
end

-- 2. The exception goes, its id leads to the record.
call('SET', P .. 'was:' .. exc, id, 'PX', keep)
local stood = unlist(exc, peer, code, ' d', size)
if stood then call('HINCRBY', P .. 'count:' .. peer, 'buried', -1) end
call('SET', P .. 'ended:' .. exc, 'requeued ' .. now .. ' ' .. who, 'PX', keep)
call('DEL', P .. 'exc:' .. exc)
note('e', exc .. ' requeued ' .. who)
writeJournal(mark, now)
return peer
