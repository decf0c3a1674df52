#!lua flags=allow-oom
-- drop: removes one exception with its index and its count; a record that only it kept goes after
-- `keep`.
-- KEYS[1] the prefix. ARGV: exception id, a time ms: only when it is not younger ("" = whatever its
-- age), keep ms, and of one that a person closes a line for the trail of its delivery.
-- Returns 1, or 0 when there is no such one.
local P = KEYS[1] .. ':'
local exc, before, keep, note = ARGV[1], ARGV[2], ARGV[3], ARGV[4] or ''
local call = redis.call
local peer, code, at, way, record, digest, size =
  unpack(call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'at', 'in', 'record', 'print', 'size'))
if not peer or (before ~= '' and tonumber(at) > tonumber(before)) then return 0 end
local ofDelivery = way == '0'

-- include unlist

-- 1. The record of a delivery: where this exception still ends it, it loses what kept it.
if ofDelivery then
  local rec = P .. 'rec:' .. record
  local state, open, exceptions, held =
    unpack(call('HMGET', rec, 'd:' .. peer, 'o', 'x', 'u'))
  state = state or ''
  if string.sub(state, 1, 1) == 'b' and string.sub(state, -#exc) == exc then
    local others = exceptions and call('HINCRBY', rec, 'x', -1) or 0
    if note ~= '' then
      local history = call('HGET', rec, 'h:' .. peer)
      call('HSET', rec, 'h:' .. peer, (history and history .. '\n' or '') .. note)
    end
    if tonumber(keep) > 0 then call('SET', P .. 'was:' .. exc, record, 'PX', keep) end
    if others <= 0 and tonumber(open or 0) <= 0 then
      call('PEXPIRE', rec, math.max(keep, tonumber(held or 0)))
    end
  end
end

-- 2. What leads to it. The same bytes again make a new exception.
if digest and call('HGET', P .. 'same:' .. peer, digest) == exc then
  call('HDEL', P .. 'same:' .. peer, digest)
end
unlist(exc, peer, code, ofDelivery and ' d' or ' ', size)

-- 3. The exception.
call('DEL', P .. 'exc:' .. exc)
return 1
