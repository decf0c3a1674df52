#pragma once

#include <string>
#include <vector>

#include "kit/mock/day_list.h"
#include "kit/mock/ledger.h"
#include "kit/mock/platform.h"
#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"

namespace lianqiao::hotline12345 {

/// A hotline: pushes work orders (every other one in each vocabulary), lists orders for pulling,
/// takes what is filled back, and lists that by day where `list_url` is set. Its orders are made
/// up. Thread-safe.
class HotlineMock final : public MockPeer {
 public:
  explicit HotlineMock(const Settings& settings);

  HttpResponse handle(const HttpRequest& request, WallTime now) override;
  void drive(MockWorld& world) override;
  [[nodiscard]] Taken taken() const override { return ledger_.taken(); }

 private:
  HttpResponse list(const HttpRequest& request);
  HttpResponse backfill(const HttpRequest& request, std::string_view step, WallTime now);
  HttpResponse refuse(int status, std::string_view text) {
    return ledger_.refuse(kit::textAnswer(status, text));
  }

  const std::string pullPath_;
  const std::string backfillPath_;
  const Secret pullToken_;
  const Secret backfillToken_;

  kit::Ledger ledger_;
  kit::DayList held_;
  Mutex mutex_;
  // Start time, JSON.
  std::vector<std::pair<std::string, std::string>> orders_ LIANQIAO_GUARDED_BY(mutex_);
};

/// Made-up work orders by number; `now` dates them.
std::string epointOrder(std::size_t number, WallTime now);
std::string provincialOrder(std::size_t number, WallTime now);
std::string listedOrder(std::size_t number, WallTime now);

}  // namespace lianqiao::hotline12345
