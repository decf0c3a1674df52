#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log_line.h"
#include "base/snapshot.h"
#include "intake/paced_loop.h"
#include "lifecycle/deadlines.h"
#include "pipeline/pipeline.h"
#include "queue/poll_rights.h"
#include "queue/submissions.h"
#include "review/deadline_book.h"
#include "runtime/deadline_reckoner.h"

namespace lianqiao::runtime {

/// Reckons the deadlines of things of which something has come, and tells each when its moment
/// comes: a reminder becomes a record as any other, and only behind that it is written down that it
/// was told. So what ends it half-way tells it again, and the ledger knows it. After an
/// interruption, and after a change of limits, each thing is told of once, at its highest stage.
/// One thread; of the nodes on one Redis one does it.
class DeadlineWatch {
 public:
  /// Between two looks: so much later than its moment a thing is told of at most, plus the time
  /// that telling takes.
  static constexpr std::chrono::milliseconds kEvery{500};
  /// So many things in one look, and of a page.
  static constexpr std::size_t kAtOnce = 512;
  static constexpr std::size_t kOfPage = 256;

  /// What is given by reference outlives this.
  struct Services {
    std::function<review::DeadlineBook*()> book;  ///< Null: Redis was not reached yet.
    queue::Submissions& submissions;
    queue::PollRights& rights;
    const pipeline::Pipeline& pipeline;
    base::Clock& clock;
    base::IdSource& ids;
    std::chrono::milliseconds life;  ///< How long the queue knows where a thing stands.
    base::LogLine log;
  };

  DeadlineWatch(Services services, std::shared_ptr<const lifecycle::Deadlines> deadlines)
      : services_(std::move(services)), deadlines_(std::move(deadlines)) {}

  void start();
  /// Ends after the look under way. Idempotent.
  void stop() { loop_.stop(); }
  /// From the next look on; all that has limits is then reckoned anew. Thread-safe.
  void use(std::shared_ptr<const lifecycle::Deadlines> deadlines) {
    deadlines_.set(std::move(deadlines));
  }
  /// One look. True: there may be more at once.
  Result<bool> once();

 private:
  using Book = review::DeadlineBook;

  std::chrono::milliseconds turn();
  Result<void> beginPages(Book& book, const std::string& limits);
  Result<void> turnPage(Book& book);
  Result<std::vector<Reckoned>> reckonAll(Book& book, const lifecycle::Deadlines& deadlines,
                                          WallTime now);
  Result<void> tellAll(std::vector<Reckoned>& all, WallTime now);
  /// Of those that some route takes; the others leave `telling`.
  std::vector<queue::Entry> entriesOf(std::vector<Reckoned*>& telling, WallTime now);
  Result<void> submit(std::vector<queue::Entry> entries);
  void noteNotKept(const std::vector<Book::NotKept>& failed);

  const Services services_;
  base::Snapshot<lifecycle::Deadlines> deadlines_;
  intake::PacedLoop loop_;

  // Of the thread.
  expression::Workspace workspace_;
  std::optional<std::string> limits_;  ///< By which all are reckoned, as far as is known.
  std::optional<std::string> page_;    ///< The next, while all are reckoned anew.
  std::deque<std::string> names_;      ///< Of that page, still to be reckoned.
  std::set<std::string> notKept_;      ///< Told of in the log.
  bool told_ = false;                  ///< Of a failure that lasts.
};

}  // namespace lianqiao::runtime
