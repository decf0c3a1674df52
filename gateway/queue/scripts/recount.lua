#!lua flags=allow-oom
-- recount: exceptions that a version without shares has set aside come into the share of their peer, each once.
-- KEYS[1] the prefix. ARGV: ids of exceptions; none: all are counted from now on.
-- Returns how many were counted now.
local P, call, counted = KEYS[1] .. ':', redis.call, 0
if #ARGV == 0 then call('HSET', P .. 'share', 'counted', 1) end
for _, id in ipairs(ARGV) do
  local e = call('HMGET', P .. 'exc:' .. id, 'peer', 'in', 'size', 'body', 'evidence', 'detail')
  if e[1] and e[2] == '1' and not e[3] then
    local size = #(e[4] or '') + #(e[5] or '') + #(e[6] or '')
    call('HINCRBY', P .. 'share', e[1] .. ' n', 1)
    call('HINCRBY', P .. 'share', e[1] .. ' b', size)
    call('HSET', P .. 'exc:' .. id, 'size', size)
    counted = counted + 1
  end
end
return counted
