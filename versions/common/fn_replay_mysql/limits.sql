-- With fewer events in a run, a statement for each of them is as quick as to look what can be folded; with fewer of a table,
-- as a fold.
look_from      CONSTANT integer := 200;
fold_from      CONSTANT integer := 50;
-- With fewer events of a table, parallel workers save less than the temporary table takes that they need.
parallel_from  CONSTANT integer := 20000;
-- With fewer events or tables, or with more inserts, one pass for all tables saves less than it takes.
stage_from     CONSTANT integer := 5000;
stage_tables   CONSTANT integer := 2;
most_inserts   CONSTANT numeric := 0.5;
