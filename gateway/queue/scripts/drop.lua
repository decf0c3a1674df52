#!lua flags=allow-oom
-- drop: removes one exception with its index and its count; a record that only it kept goes after `keep`.
-- KEYS[1] the prefix. ARGV: exception id, a time ms: only when it is not younger ("" = whatever its age), keep ms,
-- and of one that a person closes a line for the trail of its delivery.
-- Returns 1, or 0 when there is no such one.
local P, exc, before, keep, note = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3], ARGV[4] or ''
local call = redis.call
local e = call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'at', 'in', 'record', 'print', 'size')
if not e[1] or (before ~= '' and tonumber(e[3]) > tonumber(before)) then return 0 end
local cause = e[1] .. ' ' .. e[2]
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
-- The index first: an entry of it without its exception would keep the sweep from those behind.
if call('ZREM', P .. 'excs', exc .. ' ' .. cause) == 1 then
  if call('HINCRBY', P .. 'excn', cause, -1) <= 0 then call('HDEL', P .. 'excn', cause) end
  local way = e[4] == '0' and ' d' or ' '
  for what, by in pairs(e[7] and { n = 1, b = tonumber(e[7]) } or {}) do
    local field = e[1] .. way .. what
    if call('HINCRBY', P .. 'share', field, -by) <= 0 then call('HDEL', P .. 'share', field) end
  end
end
call('DEL', P .. 'exc:' .. exc)
return 1
