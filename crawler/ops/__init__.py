"""Operations: the health of sources, reports of runs, alerts, watchdog pings and cron."""
