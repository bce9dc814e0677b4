# Loads the files of ActiveRecord's tests; those that need a gem that Debian has not are named and left out.
chosen = ENV["FRAMEWORKS_CHOSEN"].split
chosen = Dir["test/cases/**/*_test.rb"].reject { |f| f.include?("/adapters/") && !f.include?("/adapters/postgresql/") }.sort if chosen.empty?
chosen.each do |file|
  require File.expand_path(file)
rescue LoadError => e
  warn "left out: #{file} (#{e.message.lines.first})"
end
