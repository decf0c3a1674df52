#!lua flags=allow-oom
-- drop: removes one exception with its index and its count; a record that only it kept goes after `keep`.
-- KEYS[1] the prefix. ARGV: exception id, a time ms: only when it is not younger ("" = whatever its age), keep ms,
-- and of one that a person closes a line for the trail of its delivery.
-- Returns 1, or 0 when there is no such one.
local P, exc, before, keep, note = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3], ARGV[4] or ''
local call = redis.call
local e = call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'at', 'in', 'record', 'print', 'size')
if not e[1] or (before ~= '' and tonumber(e[3]) > tonumber(before)) then return 0 end

-- include unlist

if e[4] == '0' then
  local rec = P .. 'rec:' .. e[5]
  local r = call('HMGET', rec, 'd:' .. e[1], 'o', 'x', 'u')
  if string.sub(r[1] or '', 1, 1) == 'b' and string.sub(r[1], -#exc) == exc then
    local others = r[3] and call('HINCRBY', rec, 'x', -1) or 0
    if note ~= '' then
      local h = call('HGET', rec, 'h:' .. e[1])
      call('HSET', rec, 'h:' .. e[1], (h and h .. '\n' or '') .. note)
    end
    if tonumber(keep) > 0 then call('SET', P .. 'was:' .. exc, e[5], 'PX', keep) end
    if others <= 0 and tonumber(r[2] or 0) <= 0 then call('PEXPIRE', rec, math.max(keep, tonumber(r[4] or 0))) end
  end
end
if e[6] and call('HGET', P .. 'same:' .. e[1], e[6]) == exc then call('HDEL', P .. 'same:' .. e[1], e[6]) end
unlist(exc, e[1], e[2], e[4] == '0' and ' d' or ' ', e[7])
call('DEL', P .. 'exc:' .. exc)
return 1
