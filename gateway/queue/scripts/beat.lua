#!lua flags=allow-oom
-- beat: a node says that it lives and learns who else does; or says goodbye and gives up what it
-- polls.
-- KEYS[1] the prefix. ARGV: node, number of its start, counter ("" = goodbye), process, then node
--   and beat of each that has stood still for so long that it is forgotten.
-- Returns flat: 1, then node and beat of everybody; or, when another process has taken the name
--   since: 0, its beat.
local P = KEYS[1] .. ':'
local node, start, counter, process = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local STILL = 5  -- where those who stood still begin
local call = redis.call
local beats, pollers = P .. 'beats', P .. 'pollers'

-- Is the name still this process'?
local last = tonumber(call('HGET', P .. 'epochs', node) or 0)
if last > tonumber(start) then return { 0, call('HGET', beats, node) or '' } end
if last < tonumber(start) then
  -- Redis has gone back in time (a backup, a fail-over that we were not told of): as in follow.
  call('HSET', P .. 'epochs', node, start)
  call('INCRBY', P .. 'fence', 1000000)
end

-- A goodbye: others may poll at once what it polled.
if counter == '' then
  call('HDEL', beats, node)
  local held, mine = call('HGETALL', pollers), node .. '.' .. start
  for i = 1, #held, 2 do
    local peer, token = held[i], held[i + 1]
    if string.match(token, '^%d+ (.*)$') == mine then call('HDEL', pollers, peer) end
  end
  return { 1 }
end

-- It lives. Who has beaten since it was seen still is not forgotten.
call('HSET', beats, node, start .. ' ' .. counter .. ' ' .. process)
for i = STILL, #ARGV, 2 do
  local other, beat = ARGV[i], ARGV[i + 1]
  if call('HGET', beats, other) == beat then call('HDEL', beats, other) end
end
local answer = call('HGETALL', beats)  -- not unpacked: there may be any number
table.insert(answer, 1, 1)
return answer
