#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/snapshot.h"
#include "queue/keys.h"
#include "record/life_tables.h"
#include "record/record.h"
#include "redis/redis_command.h"

namespace lianqiao::queue {

/// What the words of a record say of lives.
struct LifeWords {
  std::size_t moves = 0;          ///< The place of the life cycle that it moves; 0: none.
  std::string_view limited = {};  ///< The type of its thing, where that has limits; else empty.
};
using LifeOf = std::function<LifeWords(const record::Record&)>;

/// The life cycles that the records of one group move, and which of their tables Redis has
/// (FORMAT.md, "Life cycle"). Of the commit thread alone.
class GroupLives {
 public:
  /// `tables`: those of the configuration in force. It outlives this.
  GroupLives(Keys keys, const base::Snapshot<record::LifeTables>& tables)
      : keys_(std::move(keys)), tables_(tables) {}

  /// For the next group.
  void begin();
  /// The group has that record.
  void add(const record::Record& record);
  /// The place of the life cycle in word(), from 1; 0: the record moves none.
  [[nodiscard]] std::size_t of(const record::Record& record) const;
  [[nodiscard]] LifeWords wordsOf(const record::Record& record) const {
    return {of(record), limitedBy(record)};
  }
  /// The type of what its key stands for, where steps of that have limits; else empty.
  [[nodiscard]] std::string_view limitedBy(const record::Record& record) const;
  /// Where the record names its step: "/data/step".
  [[nodiscard]] std::string pathOf(const record::Record& record) const;
  /// Their names, as accept.lua reads them.
  [[nodiscard]] const std::string& word() const { return word_; }

  /// Adds what stores the tables that Redis may not have, each `life` ms long. Returns how many
  /// commands that makes. To be sent in one transaction with accept.lua, before it.
  std::size_t store(redis::RedisCommand& command, long long life);
  /// accept.lua has found them all.
  void found();
  /// It has found one missing, or speaks to another Redis: they are stored with the next group.
  void forget() { stored_ = nullptr; }

 private:
  const Keys keys_;
  const base::Snapshot<record::LifeTables>& tables_;
  std::shared_ptr<const record::LifeTables> now_;     ///< Of this group.
  std::shared_ptr<const record::LifeTables> stored_;  ///< Those that Redis has.
  std::vector<const record::LifeTable*> used_;
  std::string word_;
  bool anyLimited_ = false;  ///< Of now_.
};

}  // namespace lianqiao::queue
