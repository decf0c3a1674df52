#pragma once

#include "resend/resend.h"

namespace lianqiao::resend {

/// In words for people; nothing where it is owed again. Pure.
[[nodiscard]] std::optional<Refused> refusalOf(const review::ResendVerdict& verdict);

/// Of what was asked for and leads to no delivery.
[[nodiscard]] Refused unknownOf(const std::string& word, const std::string& peer,
                                std::string message);

}  // namespace lianqiao::resend
