#!lua
-- requeue: a buried delivery goes back, behind the others of its key, as a first attempt with a new age.
-- It is owed again before its exception goes. Where that was cut off, the exception alone is taken away.
-- KEYS[1] the prefix. ARGV: exception id, now ms, for how long ms its id still
-- leads to the record. Returns the peer, or nil when there is no such one.
local P, exc, now, keep = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3]
local call = redis.call
local e = call('HMGET', P .. 'exc:' .. exc, 'peer', 'in', 'code', 'record', 'size')
local peer, id = e[1], e[4]
local rec = P .. 'rec:' .. (id or '')
if e[2] ~= '0' or not id or call('EXISTS', rec) == 0 then return false end
local r = call('HMGET', rec, 'k', 'p', 'o', 'd:' .. peer, 'x')
local state = string.sub(r[4] or '', 1, 1)
if state == '' then return false end

-- include line_up
-- include unlist

if state == 'b' and string.sub(r[4], -#exc) == exc then
  local fields = { 'd:' .. peer, 'w ' .. now .. ' 0 ', 'a:' .. peer, now }
  if r[3] then fields[5] = 'o' fields[6] = r[3] + 1 end
  local x = tonumber(r[5] or 0)
  if x > 0 then fields[#fields + 1] = 'x' fields[#fields + 1] = x - 1 end
  call('PERSIST', rec)
  call('HDEL', rec, 'x:' .. peer)
  call('ZADD', P .. 'open:' .. peer, now, id)
  call('HSET', rec, unpack(fields))
  lineUp(peer, { ids = { id }, keys = { r[1] }, lanes = { r[2] } })
end
call('SET', P .. 'was:' .. exc, id, 'PX', keep)
if unlist(exc, peer, e[3], ' d', e[5]) then call('HINCRBY', P .. 'count:' .. peer, 'buried', -1) end
call('DEL', P .. 'exc:' .. exc)
return peer
