// A board that has been reached: of the right kind, with tmx, and a folder for files on their way.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "deploy/transport.h"

namespace tinamix::deploy {

struct BoardAccess {
    std::string address;  ///< in place of the profile's
    std::string tmx;      ///< a tmx of this machine to bring along; empty: the board has one
    std::chrono::seconds timeout{60};
    /// Gets a line whenever something that takes time is done.
    std::function<void(const std::string&)> progress = [](const std::string&) {};
};

class RemoteBoard {
  public:
    /// Connects, and checks processor and tmx. Throws Error that says what to do.
    RemoteBoard(BoardProfile profile, BoardAccess access);
    /// Removes what upload() brought.
    ~RemoteBoard();
    RemoteBoard(const RemoteBoard&) = delete;
    RemoteBoard& operator=(const RemoteBoard&) = delete;

    const BoardProfile& profile() const { return profile_; }
    std::string describe() const;
    const std::string& tmx_version() const { return tmx_version_; }
    /// Folder of the store, as commands call it.
    std::string store() const { return transport_->path(profile_.models); }

    /// Copies a file there and returns its path. Throws Error when there is no room for it and, where `copies` is 2,
    /// for the copy that the store makes.
    std::string upload(const std::string& file, int copies = 1);
    /// Runs tmx there.
    ProcessResult tmx(const std::vector<std::string>& arguments);
    /// The same for commands that print an object, whatever their exit status. Throws Error with what they said where
    /// there is none.
    nlohmann::ordered_json tmx_json(const std::vector<std::string>& arguments);

  private:
    ProcessResult run(const std::string& command) { return transport_->run(command, access_.timeout); }
    void check_processor();
    void find_tmx();
    void check_room(uint64_t bytes);

    BoardProfile profile_;
    BoardAccess access_;
    std::unique_ptr<Transport> transport_;
    std::string uploads_, tmx_, tmx_version_;
    bool has_uploads_ = false;
};

}  // namespace tinamix::deploy
