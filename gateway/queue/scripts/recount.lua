#!lua flags=allow-oom
-- recount: exceptions that a version without shares has set aside come into the share of their peer, each once.
-- KEYS[1] the prefix. ARGV: ids of exceptions; none: all are counted from now on.
-- Of a delivery's exception the record that it keeps counts with it.
-- Returns how many were counted now.
local P, call, counted = KEYS[1] .. ':', redis.call, 0
if #ARGV == 0 then call('HSET', P .. 'share', 'counted', 2) end
for _, id in ipairs(ARGV) do
  local e = call('HMGET', P .. 'exc:' .. id, 'peer', 'in', 'size', 'body', 'evidence', 'detail', 'record')
  if e[1] and not e[3] then
    local way, size = e[2] == '0' and ' d' or ' ', #(e[4] or '') + #(e[5] or '') + #(e[6] or '')
    if e[2] == '0' then
      local rec = P .. 'rec:' .. (e[7] or '')
      for _, field in ipairs({ 'e', 'b', 'v' }) do size = size + call('HSTRLEN', rec, field) end
    end
    call('HINCRBY', P .. 'share', e[1] .. way .. 'n', 1)
    call('HINCRBY', P .. 'share', e[1] .. way .. 'b', size)
    call('HSET', P .. 'exc:' .. id, 'size', size)
    counted = counted + 1
  end
end
return counted
