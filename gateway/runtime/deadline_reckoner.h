#pragma once

#include <optional>
#include <string>

#include "lifecycle/deadlines.h"
#include "lifecycle/reckoning.h"
#include "lifecycle/standing_text.h"
#include "record/record.h"
#include "review/deadline_book.h"

namespace lianqiao::runtime {

/// What is to be told of a thing: a record without id, event and destinations, and its data.
struct Telling {
  record::Record record;
  std::string data;  ///< JSON, as schemas/reminder.json has it.
  WallTime at{};     ///< When what it tells came to be.
  std::string rule;
  std::string body;  ///< What it was reckoned from.
};

/// What came of a thing, and what is told of it.
struct Reckoned {
  review::DeadlineBook::Reckoned kept;
  std::optional<Telling> telling;
};

/// Reckons the deadlines of one thing after another. Pure but for its scratch memory; of one
/// thread.
class DeadlineReckoner {
 public:
  /// `life`: how long a thing is known of which nothing more is to come.
  DeadlineReckoner(const lifecycle::Deadlines& deadlines, std::chrono::milliseconds life)
      : deadlines_(deadlines), life_(life) {}

  Reckoned reckon(const review::DeadlineBook::Thing& thing, WallTime now);

 private:
  /// What is known of a thing beside where it stands.
  struct Known {
    std::string id;  ///< Of its newest record.
    std::string peer;
    record::Priority priority = record::Priority::normal;
    std::optional<WallTime> receipt;  ///< When its first record came.
    std::string data = "{}";          ///< The public part of its newest.
    std::vector<lifecycle::Told> told;
    /// Until when each extension of `round` goes; nothing: as long as the limit's rule gives.
    std::vector<std::optional<WallTime>> extensions;
    int round = 1;
    std::optional<WallTime> forgetAt;  ///< Nothing more is to come of it.
    bool isReached = false;            ///< It stands as near or past.
  };

  static Known readKnown(const review::DeadlineBook::Thing& thing);
  void readEvent(const std::string& type, const std::string& event, Known& known);
  void readExtensions(const review::DeadlineBook::Thing& thing,
                      const lifecycle::StandingText& standing, Known& known);
  static bool isOver(const review::DeadlineBook::Thing& thing, const lifecycle::Reckoning& made,
                     const lifecycle::StandingText& standing, const Known& known, WallTime now);
  std::optional<WallTime> nextLook(const review::DeadlineBook::Thing& thing,
                                   const lifecycle::Reckoning& made,
                                   const lifecycle::StandingText& standing, WallTime now,
                                   Known& known) const;
  static std::vector<std::pair<std::string, std::string>> fieldsOf(
      const Known& known, const lifecycle::Reckoning& made,
      const std::vector<lifecycle::Moment>& moments);
  Telling tell(const std::string& type, const std::string& key, const Known& known,
               const lifecycle::StandingText& standing,
               const std::vector<lifecycle::Moment>& moments, const lifecycle::Moment& moment);

  const lifecycle::Deadlines& deadlines_;
  const std::chrono::milliseconds life_;
  json::Document event_, subject_, made_;
  std::string buffer_;
};

}  // namespace lianqiao::runtime
