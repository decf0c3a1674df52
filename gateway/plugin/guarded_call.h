#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/result.h"

namespace lianqiao::plugin {

/// Which code of which adapter is being run, for messages.
struct CallSite {
  std::string_view adapter;
  std::string_view peer;
  std::string_view call;  ///< receive, answer, poll, confirm, deliver, probe, makeSink, …
};

inline Error threw(const CallSite& site, std::string_view what) {
  constexpr std::size_t kLongest = 300;
  std::string detail = "peer " + std::string(site.peer) + ": adapter " + std::string(site.adapter) +
                       " threw in " + std::string(site.call) + ": ";
  detail += what.substr(0, kLongest);
  return {std::string(codes::kPluginThrew), std::move(detail)};
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
