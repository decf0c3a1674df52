#!lua flags=allow-oom
-- drop: removes one exception with its index and its count; a record that only it kept goes after
-- `keep`.
-- KEYS[1] the prefix. ARGV: exception id, a time ms: only when it is not younger ("" = whatever its
-- age), keep ms, now ms, the journal's mark, how it ends (closed, replayed, expired), and who
-- wanted that and why ("" = no person), which stands in the trail of its delivery.
-- Returns 1, or 0 when there is no such one.
local P = KEYS[1] .. ':'
local exc, before, keep, now, mark, how, why = unpack(ARGV)
local call = redis.call
local peer, code, at, way, record, digest, size =
  unpack(call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'at', 'in', 'record', 'print', 'size'))
if not peer or (before ~= '' and tonumber(at) > tonumber(before)) then return 0 end
local ofDelivery = way == '0'

-- include journal
-- include unlist

-- 1. The record of a delivery: where this exception still ends it, it loses what kept it.
if ofDelivery then
  local rec = P .. 'rec:' .. record
  local state, open, exceptions, held =
    unpack(call('HMGET', rec, 'd:' .. peer, 'o', 'x', 'u'))
  state = state or ''
  if string.sub(state, 1, 1) == 'b' and string.sub(state, -#exc) == exc then
    local others = exceptions and call('HINCRBY', rec, 'x', -1) or 0
    if why ~= '' then
      local history = call('HGET', rec, 'h:' .. peer)
      local line = now .. ' deliver.cancelled ' .. why
      call('HSET', rec, 'h:' .. peer, (history and history .. '\n' or '') .. line)
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

-- 3. The exception. Who comes too late is told who was first.
if how ~= 'expired' and tonumber(keep) > 0 then
  call('SET', P .. 'ended:' .. exc, how .. ' ' .. now .. ' ' .. why, 'PX', keep)
end
call('DEL', P .. 'exc:' .. exc)
note('e', exc .. ' ' .. how .. ' ' .. why)
writeJournal(mark, now)
return 1
