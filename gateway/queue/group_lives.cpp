#include "queue/group_lives.h"

#include <algorithm>

namespace lianqiao::queue {

void GroupLives::begin() {
  if (auto now = tables_.get(); now != now_) {
    now_ = std::move(now);
    anyLimited_ = std::any_of(now_->begin(), now_->end(),
                              [](const auto& table) { return table.second.isLimited; });
  }
  used_.clear();
  word_.clear();
}

void GroupLives::add(const record::Record& record) {
  if (record.lifeOf.empty() || of(record) != 0) return;
  const auto table = now_->find(record.lifeOf);
  if (table == now_->end()) return;
  used_.push_back(&table->second);
  if (!word_.empty()) word_ += ' ';
  word_ += table->second.name;
}

std::size_t GroupLives::of(const record::Record& record) const {
  if (record.lifeOf.empty() || used_.empty()) return 0;
  const auto table = now_->find(record.lifeOf);
  if (table == now_->end()) return 0;
  const auto at = std::find(used_.begin(), used_.end(), &table->second);
  return at == used_.end() ? 0 : static_cast<std::size_t>(at - used_.begin()) + 1;
}

std::string_view GroupLives::limitedBy(const record::Record& record) const {
  if (!anyLimited_) return {};
  const auto table = now_->find(record.lifeOf.empty() ? record.type : record.lifeOf);
  return table != now_->end() && table->second.isLimited ? std::string_view(table->first)
                                                         : std::string_view();
}

std::string GroupLives::pathOf(const record::Record& record) const {
  const std::size_t number = of(record);
  return number == 0 ? std::string() : used_[number - 1]->path;
}

std::size_t GroupLives::store(redis::RedisCommand& command, long long life) {
  if (used_.empty() || stored_ == now_) return 0;
  // All of them: what the next groups need is there then, too.
  for (const auto& [type, table] : *now_) {
    const std::string key = keys_.cycle(table.name);
    command.add({"DEL", key});
    command.begin(2 + 2 * table.fields.size());
    command.word("HSET");
    command.word(key);
    for (const auto& [field, value] : table.fields) {
      command.word(field);
      command.word(value);
    }
    command.add({"PEXPIRE", key, std::to_string(life)});
  }
  return 3 * now_->size();
}

void GroupLives::found() {
  if (!used_.empty()) stored_ = now_;
}

}  // namespace lianqiao::queue
