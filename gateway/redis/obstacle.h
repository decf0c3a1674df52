#pragma once

#include <string_view>

namespace lianqiao::redis {

/// The code for a refusal of Redis, by its words; empty for one that says nothing of the next write
/// (it would refuse the same again).
[[nodiscard]] std::string_view obstacleOf(std::string_view refusal);
/// What Redis says where EXEC itself was refused, without the words about the transaction.
[[nodiscard]] std::string_view causeOf(std::string_view refusal);
/// Of a failure: nothing is wrong with what was sent, it may be sent again. Any code of
/// queue::Obstacle.
[[nodiscard]] bool isObstacle(std::string_view code);
/// What a sender may know of it: one sentence without any address.
[[nodiscard]] std::string_view publicReason(std::string_view code);

}  // namespace lianqiao::redis
