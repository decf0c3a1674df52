-- signs: part of accept and settle. `P` is theirs. When each peer last sent something ("in") or
-- took something ("out"), in one write for all of a group. No record waits for it.

local signs = {}

local function sign(way, peer, at)
  signs[#signs + 1] = way .. ' ' .. peer
  signs[#signs + 1] = at
end

local function writeSigns()
  if #signs > 0 then redis.pcall('HSET', P .. 'signs', unpack(signs)) end
end
