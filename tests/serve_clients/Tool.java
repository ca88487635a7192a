import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;

/** What a tool over JDBC asks: the tree of tables, then rows. Prints a line for each answer. */
public class Tool {
  static void show(String what, ResultSet rows) throws SQLException {
    int count = 0;
    StringBuilder last = new StringBuilder();
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      count++;
      last.setLength(0);
      for (int i = 1; i <= columns; i++) last.append(' ').append(rows.getString(i));
    }
    System.out.println(what + " " + count + last);
  }

  public static void main(String[] arguments) throws SQLException {
    try (Connection connection = DriverManager.getConnection(arguments[0])) {
      DatabaseMetaData data = connection.getMetaData();
      show("catalogs", data.getCatalogs());
      show("tables", data.getTables("Marketplace", null, "Order%", new String[] {"TABLE"}));
      show("columns", data.getColumns("Marketplace", null, "Orders", "PurchaseDate"));
      show("key", data.getPrimaryKeys("Marketplace", null, "Orders"));
      show("exported", data.getExportedKeys("Marketplace", null, "Orders"));
      show("imported", data.getImportedKeys("Marketplace", null, "OrderItems"));
      show("procedures", data.getProcedures("Marketplace", null, "%"));
      show("parameters", data.getProcedureColumns("Marketplace", null, "%", "%"));
      show("views", data.getTables("sys", null, "sys\\_tables", new String[] {"SYSTEM VIEW"}));
      PreparedStatement prepared = connection.prepareStatement(
          "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount FROM SellingPartner.Orders"
              + " WHERE OrderStatus = ? AND PurchaseDate >= ? AND AmazonOrderId <> ?");
      prepared.setString(1, "Shipped");
      prepared.setTimestamp(2, Timestamp.valueOf("2020-01-01 00:00:00"));
      prepared.setString(3, "x' OR 1=1 -- \\");
      ResultSet rows = prepared.executeQuery();
      ResultSetMetaData columns = rows.getMetaData();
      System.out.println("types " + columns.getColumnTypeName(1) + " " + columns.getColumnTypeName(2) + " "
          + columns.getColumnTypeName(3) + " " + columns.getScale(3));
      int count = 0;
      while (rows.next()) {
        if (rows.getTimestamp(2) == null || rows.getBigDecimal(3).scale() != 4) throw new SQLException("a value");
        count++;
      }
      System.out.println("rows " + count);
      Statement few = connection.createStatement();
      few.setMaxRows(7);
      show("few", few.executeQuery("SELECT 1 FROM SellingPartner.Orders"));
      try (Statement slow = connection.createStatement()) {
        slow.setQueryTimeout(1);
        slow.executeQuery("SELECT COUNT(*) FROM range(1000000000) AS a, range(100000) AS b");
      } catch (SQLException error) {
        System.out.println("stopped " + error.getClass().getName() + " " + connection.isValid(5));
      }
      try {
        few.executeQuery("SELECT nope FROM SellingPartner.Orders");
      } catch (SQLException error) {
        System.out.println("error " + error.getErrorCode() + " " + error.getSQLState());
      }
    }
  }
}
