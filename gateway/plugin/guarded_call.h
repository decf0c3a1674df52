#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/result.h"

namespace lianqiao::plugin {

/// Which code of which adapter is being run, for messages.
struct CallSite {
  std::string_view adapter;
  std::string_view peer;
  std::string_view call;  ///< receive, answer, poll, confirm, deliver, probe, makeSink, …
};

/// Appends the first 300 bytes of a text that an adapter threw, in which a record's data may stand:
/// numbers of six digits and more (phones, identity cards) and all that is not ASCII (names,
/// addresses) become `*`.
inline void appendMasked(std::string_view text, std::string& out) {
  constexpr std::size_t kLongest = 300;
  constexpr std::size_t kPlainDigits = 5;
  text = text.substr(0, kLongest);
  while (!text.empty()) {
    const auto length = [&text](auto belongs) {
      return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), belongs) -
                                      text.begin());
    };
    const std::size_t digits = length(isDigit);
    const std::size_t foreign =
        length([](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; });
    const std::size_t taken = std::max<std::size_t>({digits, foreign, 1});
    if (digits > kPlainDigits || foreign > 0) {
      out += '*';
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
}

inline Error threw(const CallSite& site, std::string_view what) {
  std::string detail = "peer " + std::string(site.peer) + ": adapter " + std::string(site.adapter) +
                       " threw in " + std::string(site.call) + ": ";
  appendMasked(what, detail);
  return {codes::kPluginThrew, std::move(detail)};
}

template <typename T>
struct IsResult : std::false_type {};
template <typename T>
struct IsResult<Result<T>> : std::true_type {};

/// Runs code of an adapter and turns whatever it throws into Error{plugin.threw}. A Result stays as
/// it is, anything else is wrapped in one. Every call into an adapter goes through here.
///
/// Limits: an adapter is trusted code in our process. A crash, a corrupted heap, a thrown
/// destructor or an exception on a thread of its own is not caught; a call that does not return is
/// only noticed (Watchdog).
template <typename Call>
auto guardedCall(const CallSite& site, Call&& call) {
  using Returned = std::invoke_result_t<Call>;
  using Answer =
      typename std::conditional_t<IsResult<Returned>::value, std::type_identity<Returned>,
                                  std::type_identity<Result<Returned>>>::type;
  try {
    if constexpr (std::is_void_v<Returned>) {
      std::forward<Call>(call)();
      return Answer();
    } else {
      return Answer(std::forward<Call>(call)());
    }
  } catch (const std::exception& thrown) {
    return Answer(threw(site, thrown.what()));
  } catch (...) {
    return Answer(threw(site, "something that is no std::exception"));
  }
}

}  // namespace lianqiao::plugin
