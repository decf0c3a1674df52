#!lua flags=allow-oom
-- recount: exceptions that a version without shares has made come into the share of their peer,
-- each once.
-- KEYS[1] the prefix. ARGV: ids of exceptions; none: all are counted from now on.
-- Of a delivery's exception the record that it keeps counts with it.
-- Returns how many were counted now.
local P, call, counted = KEYS[1] .. ':', redis.call, 0
if #ARGV == 0 then call('HSET', P .. 'share', 'counted', 2) end
for _, id in ipairs(ARGV) do
  local exc = P .. 'exc:' .. id
  local peer, way, known, body, evidence, detail, record =
    unpack(call('HMGET', exc, 'peer', 'in', 'size', 'body', 'evidence', 'detail', 'record'))
  if peer and not known then
    local size = #(body or '') + #(evidence or '') + #(detail or '')
    local field = peer .. ' '
    if way == '0' then
      field = peer .. ' d'
      for _, content in ipairs({ 'e', 'b', 'v' }) do
        size = size + call('HSTRLEN', P .. 'rec:' .. (record or ''), content)
      end
    end
    call('HINCRBY', P .. 'share', field .. 'n', 1)
    call('HINCRBY', P .. 'share', field .. 'b', size)
    call('HSET', exc, 'size', size)
    counted = counted + 1
  end
end
return counted
