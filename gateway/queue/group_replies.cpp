#include "queue/group_replies.h"

#include <algorithm>

#include "queue/group_words.h"

namespace lianqiao::queue {

GroupReplies::GroupReplies(std::span<const redis::RedisReply* const> replies,
                           const GroupParts& parts) {
  if (parts.waits) {
    replicas_ = replies.back();
    replies = replies.first(replies.size() - 1);
  }
  if (!parts.accepts) {
    if (parts.settles) settle_ = replies.back();
    forgotten_ = settle_ != nullptr && isForgotten(*settle_);
    return;
  }
  // A command that Redis does not even queue says why; EXEC then says only that nothing was done.
  const auto refused = std::find_if(replies.begin(), replies.end(),
                                    [](const auto* reply) { return reply->isError(); });
  if (refused != replies.end()) {
    refusal_ = *refused;
    inDoubt_ = refused == replies.begin();
  } else {
    readTransaction(replies.back()->items, parts);
  }
}

void GroupReplies::readTransaction(std::span<const redis::RedisReply> done,
                                   const GroupParts& parts) {
  done = done.subspan(parts.contents);
  forgotten_ = std::any_of(done.begin(), done.end(), isForgotten);
  accept_ = &done.front();
  if (parts.settles) settle_ = &done[1];
}

}  // namespace lianqiao::queue
