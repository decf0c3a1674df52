-- attempts: part of settle, behind journal. What became of one try to deliver.

-- `told`: of a delivered one the digest and the receipt; of a failed one its code and detail,
-- behind the exception's id where it is buried.
local function noteAttempt(kind, peer, id, attempt, told)
  note('s', kind .. ' ' .. peer .. ' ' .. id .. ' ' .. attempt .. ' ' .. told)
end

-- `digest`: of what was sent; "" where it is not known.
local function noteDelivered(peer, id, attempt, digest, receipt)
  if digest == '' then digest = '-' end
  noteAttempt('d', peer, id, attempt, digest .. ' ' .. receipt)
end

-- What the peer answered to an attempt that failed; "" where that is not known.
local function noteAnswer(peer, id, attempt, answer)
  if answer ~= '' then note('w', peer .. ' ' .. id .. ' ' .. attempt .. ' ' .. answer) end
end
