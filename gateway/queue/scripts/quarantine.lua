-- quarantine: part of accept, whose words and names it uses.
-- The same bytes of the same sender, refused for the same cause, are the same exception, which counts them.
-- Returns its id where it was there before. One that stands in no index yet was cut off, and is made again.
local function quarantine(id, peer, sourceId, origin, problems, code, body, evidence)
  local exc, same = P .. 'exc:' .. id, P .. 'same:' .. peer
  local there = call('HMGET', exc, 'peer', 'code')
  if there[1] and call('ZSCORE', P .. 'excs', id .. ' ' .. there[1] .. ' ' .. there[2]) then return end
  local print = redis.sha1hex(code .. '\n' .. sourceId .. '\n' .. #body .. '\n' .. body .. evidence)
  local first = call('HGET', same, print)
  if first and call('ZSCORE', P .. 'excs', first .. ' ' .. peer .. ' ' .. code) then
    call('HINCRBY', P .. 'exc:' .. first, 'seen', 1)
    call('HSET', P .. 'exc:' .. first, 'last', now)
    count(peer, 'quarantined')
    return first
  end
  local size = #body + #evidence + #problems
  call('HSET', exc, 'peer', peer, 'print', print, 'seen', 1, 'in', 1, 'code', code, 'at', now,
       'source', sourceId, 'origin', origin, 'size', size, 'detail', problems, 'body', body,
       'evidence', evidence)
  call('HSET', same, print, id)
  call('HINCRBY', P .. 'share', peer .. ' n', 1)
  call('HINCRBY', P .. 'share', peer .. ' b', size)
  call('ZADD', P .. 'excs', 0, id .. ' ' .. peer .. ' ' .. code)
  call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
  count(peer, 'quarantined')
end

-- A record that cannot stand becomes an exception.
local function setAside(n, word, i, code, path, why, text)
  local raw = call('HMGET', contentOf(i), 'b', 'v')
  local problems = '[{"code":"' .. code .. '","path":"' .. path .. '","message":"' .. why .. '"}]'
  local known = quarantine(words[i], words[i + PEER], words[i + SOURCE], '', problems, code,
                           raw[1] or '', raw[2] or '')
  discard(i)
  say(n, word, (known or '') .. '\n' .. (text or why))
end
