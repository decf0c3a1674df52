-- quarantine: part of accept, whose words and names it uses.

-- Whether one more of that peer may wait.
local function hasRoom(peer, most)
  return tonumber(call('HGET', P .. 'count:' .. peer, 'waiting') or 0) < tonumber(most)
end

-- The same bytes of the same sender, refused for the same cause, are the same exception, which
-- counts them. Returns its id where it was there before, and until when it waits, where it does.
-- One that stands in no index yet was cut off, and is made again. `what`: it is to wait for that
-- until `till`, where not `most` of that peer do.
local function quarantine(id, peer, sourceId, origin, problems, code, body, evidence, what, till,
                          most)
  local exc, same = P .. 'exc:' .. id, P .. 'same:' .. peer

  -- Was it sent again under its id?
  local itsPeer, itsCode = unpack(call('HMGET', exc, 'peer', 'code'))
  local isThere = itsPeer and call('ZSCORE', P .. 'excs', id .. ' ' .. itsPeer .. ' ' .. itsCode)
  if isThere then
    note('q', id)
    local was, its = unpack(call('HMGET', exc, 'what', 'until'))
    if not what or not its then return end
    if was ~= what then
      call('LREM', P .. 'awaits:' .. was, 0, id)
      call('HSET', exc, 'what', what)
      joinLine(id, what, its)
    end
    return nil, its
  end

  -- Did the same come under another?
  local entry = ' ' .. peer .. ' ' .. code
  local content = code .. '\n' .. sourceId .. '\n' .. #body .. '\n' .. body .. evidence
  local digest = redis.sha1hex(content)
  local first = call('HGET', same, digest)
  if first and call('ZSCORE', P .. 'excs', first .. entry) then
    call('HINCRBY', P .. 'exc:' .. first, 'seen', 1)
    call('HSET', P .. 'exc:' .. first, 'last', now)
    note('m', first)
    local waits = what and call('HGET', P .. 'exc:' .. first, 'until')
    if not waits then count(peer, 'quarantined') end
    return first, waits
  end
  if what and not hasRoom(peer, most) then what = nil end

  -- The exception first, then the index. The counts come last, as in settle: what is cut off
  -- before them stays uncounted, which unlist mends; after them it would be counted twice for good.
  local size = #body + #evidence + #problems
  call('HSET', exc, 'peer', peer, 'print', digest, 'seen', 1, 'in', 1, 'code', code, 'at', now,
       'source', sourceId, 'origin', origin, 'size', size, 'detail', problems, 'body', body,
       'evidence', evidence)
  call('HSET', same, digest, id)
  if what then
    call('HSET', exc, 'what', what, 'until', till)
    joinLine(id, what, till)
  end
  call('ZADD', P .. 'excs', 0, id .. entry)
  if what then
    call('SADD', P .. 'peers', peer)
    call('HINCRBY', P .. 'count:' .. peer, 'waiting', 1)
  else
    call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
  end
  call('HINCRBY', P .. 'share', peer .. ' n', 1)
  call('HINCRBY', P .. 'share', peer .. ' b', size)
  note('q', id)
  if what then return nil, till end
  count(peer, 'quarantined')
end

-- A record that cannot stand becomes an exception. `what`: it may yet stand, and waits for that.
local function quarantineRecord(n, word, i, code, path, why, text, what)
  if trial then return end
  theirIds[i] = nil
  local body, evidence = unpack(call('HMGET', contentOf(i), 'b', 'v'))
  local problems = '[{"code":"' .. code .. '","path":"' .. path .. '","message":' ..
    cjson.encode(why) .. '}]'
  -- What is derived is derived again by its rule, when it is replayed (intake/entry).
  local rule = quiet and '/derivations.yaml/' .. string.match(words[i + SOURCE], '^[^/]*')
  local latest = what and string.format('%.0f', now + earlyFor)
  local known, till = quarantine(words[i], words[i + PEER], words[i + SOURCE], rule or '', problems,
                                 code, body or '', evidence or '', what, latest, earlyMost)
  discard(i)
  text = text or why
  if till then
    text = text .. '; it waits for that until ' .. utcTime(till) .. ', and is an exception then'
  end
  say(n, word, (known or '') .. '\n' .. text)
end
