#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"

namespace lianqiao::kit {

/// The role counterpart over HTTP, by the settings of counterpartFields(): a list that is paged, or
/// a manifest as Lianqiao answers it.
class HttpCounterpart final : public Counterpart {
 public:
  /// Adds the credential to a call and sends it.
  using Ask = std::function<Result<HttpResponse>(HttpCall call, Deadline deadline)>;

  /// How the platform's list writes the names of what was sent.
  enum class Names : std::uint8_t { as_sent, lower_case };

  /// Null where the settings name neither. Throws std::invalid_argument, with the remedy, where an
  /// address is none: for an adapter's factories only.
  static std::unique_ptr<Counterpart> make(const Settings& settings, Ask ask,
                                           Names names = Names::as_sent);

  Result<HeldPage> list(const HeldQuery& query, std::string_view after, Deadline deadline) override;
  [[nodiscard]] bool tellsDigests() const override { return !manifestUrl_.empty(); }
  Result<HeldSummary> summary(const HeldQuery& query, Deadline deadline) override;
  Result<std::vector<HeldSum>> buckets(const HeldQuery& query, std::string_view type,
                                       Deadline deadline) override;
  Result<HeldPage> listBuckets(const HeldQuery& query, std::string_view type,
                               std::span<const std::uint8_t> buckets, std::string_view after,
                               Deadline deadline) override;
  [[nodiscard]] bool fetches() const override { return !fetchUrl_.empty(); }
  /// What the platform does not know (404) is left out.
  Result<std::vector<RawItem>> fetch(const HeldQuery& query, std::span<const std::string> ids,
                                     Deadline deadline) override;

 private:
  HttpCounterpart(const Settings& settings, Ask ask, Names names);

  /// The answer's JSON; views into it live until the next call.
  Result<json::Value> get(std::string url, Deadline deadline);
  Result<json::Value> getManifest(const HeldQuery& query, const std::string& more,
                                  Deadline deadline);
  [[nodiscard]] std::string sentAt(const json::Value& item, const std::string& path) const;
  [[nodiscard]] Result<HeldItem> itemOf(const json::Value& item, const HeldQuery& query) const;

  const std::string listUrl_;
  const std::string itemsPath_;
  const std::string totalPath_;
  const std::string idPath_;
  const std::string timePath_;
  const std::int64_t pageSize_;
  const std::string manifestUrl_;
  const std::string fetchUrl_;
  const std::string fetchPath_;
  const Ask ask_;
  const Names names_;
  HttpResponse answer_;
  json::Document document_;
};

/// Writes a value into each {name} of an address, percent-encoded.
std::string filledIn(std::string_view address,
                     std::span<const std::pair<std::string_view, std::string>> values);

}  // namespace lianqiao::kit
