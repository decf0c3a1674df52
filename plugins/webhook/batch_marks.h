#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"
#include "lianqiao/digest.h"

namespace lianqiao::webhook {

/// One of the requests in which records that go together are sent.
struct Part {
  std::size_t number = 1;
  std::size_t of = 1;
  std::size_t records = 1;
};

/// What the head of a request says of its body, by settings: how many records it holds, which part
/// of a batch it is ("1/3"), its digest, and its HMAC. All cover the body as it is sent, to the
/// byte. Immutable, hence thread-safe.
class BatchMarks {
 public:
  /// Throws std::invalid_argument, with the remedy, where a name is none or a key is missing.
  explicit BatchMarks(const Settings& settings);

  /// Sets the headers by `call.body`.
  void add(const Part& part, HttpCall& call) const;
  /// What is wrong with a request by its own head, for who receives it; empty: nothing.
  [[nodiscard]] std::string difference(const HttpRequest& request, std::size_t records) const;

 private:
  const std::string countHeader_;
  const std::string partHeader_;
  const std::string digestHeader_;
  const Hash hash_;
  const std::string signatureHeader_;
  const Secret key_;
};

}  // namespace lianqiao::webhook
