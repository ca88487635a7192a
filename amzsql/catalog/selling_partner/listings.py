TABLES: tuple[object, ...] = ()
